"""Where the one-folder application begins: the same as `python -m touchstone`."""

import sys

from touchstone.__main__ import main

sys.exit(main())
