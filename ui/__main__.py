"""``python -m ui`` is ``footnote``."""

import sys

from ui.cli import main

sys.exit(main())
