"""The old name of `tts.extract_mels`."""

import sys

from tts.extract_mels import main

if __name__ == "__main__":
    sys.exit(main())
