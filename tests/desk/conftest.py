# SPDX-License-Identifier: EUPL-1.2
"""What tests of the desk share."""

import pytest
from pytest_django import Settings


@pytest.fixture
def quick_hashing(settings: Settings) -> None:
    """Passwords of the test are hashed quickly; what is tested is who may try, not how slow a try is."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
