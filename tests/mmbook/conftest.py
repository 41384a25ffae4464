"""Here too every test begins like a fresh kernel."""

from tests.teach.conftest import fresh_kernel as fresh_kernel
