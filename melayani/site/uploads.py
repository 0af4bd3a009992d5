# SPDX-License-Identifier: EUPL-1.2
"""Where the files of a form wait while it is read: on disk, so that memory stays flat, but without a name.

What people send still holds where a photo was taken. A file without a name is gone with the request, also when the
process is killed, and no other program finds it meanwhile.
"""

from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class UnnamedFileUploadHandler(FileUploadHandler):
    """Streams each file of a request into a file of its own that has no name."""

    file: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self.file = TemporaryFile()  # noqa: SIM115  # it lives as long as the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002  # the shape of a handler
        """A piece has come; nobody after this handler gets it."""
        assert self.file is not None  # noqa: S101  # `new_file` comes first
        self.file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """The whole file, to be read from its beginning."""
        assert self.file is not None  # noqa: S101  # as above
        self.file.seek(0)
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        """Nothing of what came is kept."""
        if self.file is not None:
            self.file.close()
