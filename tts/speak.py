"""The old name of `tts.make_corpus`."""

import sys

from tts.make_corpus import main

if __name__ == "__main__":
    sys.exit(main())
