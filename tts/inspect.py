"""The old name of `tts.plot_attention`."""

import sys

from tts.plot_attention import main

if __name__ == "__main__":
    sys.exit(main())
