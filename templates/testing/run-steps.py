"""Runs the steps of the guide by hand with boto, whose names and inputs the AWS command line is made from.

Reads [{service, operation, command, input, remember?, wait?}] as JSON from standard input. A command that is not called as
the command line calls it, a waiter that does not exist, and an input that the API does not take are errors.
"""

import json
import os
import re
import sys

import boto3
import jmespath
from botocore import xform_name

endpoint = os.environ["AWS_ENDPOINT_URL"]
remembered = json.loads(os.environ.get("REMEMBERED", "{}"))
clients = {}


def client(service):
    if service not in clients:
        clients[service] = boto3.client(service, endpoint_url=endpoint)
    return clients[service]


def filled(value):
    if isinstance(value, str):
        return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", lambda match: remembered[match.group(1)], value)
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    return value


for call in json.load(sys.stdin):
    api = client(call["service"])
    operation = call["operation"]
    assert call["command"] == xform_name(operation, "-"), f"{call['command']} is not {xform_name(operation, '-')}"
    answer = getattr(api, xform_name(operation))(**filled(call["input"]))
    if "remember" in call:
        value = jmespath.search(call["remember"]["path"], answer)
        assert isinstance(value, str), f"{operation} answered no {call['remember']['path']}"
        remembered[call["remember"]["name"]] = value
    if "wait" in call:
        waiter = call["wait"]["waiter"].replace("-", "_")
        assert waiter in api.waiter_names, f"{call['service']} has no waiter {waiter}"
print(json.dumps(remembered))
