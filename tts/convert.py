"""The old name of `tts.import_vocoder`."""

import sys

from tts.import_vocoder import main

if __name__ == "__main__":
    sys.exit(main())
