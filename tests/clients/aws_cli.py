"""Runs the AWS CLI from Debian's package, which is older than AWS_ENDPOINT_URL, and makes it use that.

usage: aws_cli.py ARGUMENT...
"""
import os
import sys

import awscli.clidriver
from botocore.session import Session

create_client = Session.create_client


def create_client_there(self, *arguments, **settings):
    settings["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
    return create_client(self, *arguments, **settings)


Session.create_client = create_client_there
sys.exit(awscli.clidriver.main())
