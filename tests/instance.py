# SPDX-License-Identifier: EUPL-1.2
"""Makes the instance that the tests run on, before Django reads its settings.

`MELAYANI_TEST_DB=postgres` starts an own PostgreSQL (as another user, own data directory, own port); else SQLite.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from melayani.ledger.keys import create_keys

DATA = Path(tempfile.mkdtemp(prefix="melayani-test-"))
atexit.register(shutil.rmtree, DATA, True)
create_keys(directory=DATA / "keys", origin="melayani-test.example/ledger")
os.environ |= {"MELAYANI_DATA": str(DATA), "MELAYANI_DEBUG": "1", "DJANGO_SETTINGS_MODULE": "melayani.site.settings"}
for name in ("MELAYANI_DATABASE_URL", "MELAYANI_NOW", "MELAYANI_URL", "MELAYANI_KEYS"):
    os.environ.pop(name, None)

if os.environ.get("MELAYANI_TEST_DB") == "postgres":
    from tests.postgres_server import shared_server

    os.environ["MELAYANI_DATABASE_URL"] = shared_server()
