"""`python app.py`: opens the page on the address that the settings say, http://127.0.0.1:7860 by default."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before Gradio is imported: nothing leaves this machine

from assistant.channels.cli import serve_settings  # see above
from assistant.settings import Settings

if __name__ == "__main__":
    sys.exit(serve_settings(Settings()))
