"""The old name of `tts.compare_attentions`."""

import sys

from tts.compare_attentions import main

if __name__ == "__main__":
    sys.exit(main())
