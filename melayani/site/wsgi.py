# SPDX-License-Identifier: EUPL-1.2
"""The WSGI application that the web workers run."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melayani.site.settings")
application = get_wsgi_application()
