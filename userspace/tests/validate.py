# SPDX-License-Identifier: GPL-2.0-only
"""validate.py SCHEMA FILE...

Prints for each file "FILE ok", or why not. Each of its lines is a document, or all of it is one. It has no members but
those that the schema describes.
"""

import copy, json, sys
import jsonschema

def close(schema, shared=False):
    """The shared parts are closed where they are used."""
    if isinstance(schema, list):
        for value in schema:
            close(value)
    if not isinstance(schema, dict):
        return
    if not shared and ("properties" in schema or "allOf" in schema):
        schema["unevaluatedProperties"] = False
    for name, value in schema.items():
        if name != "properties":
            close(value)
        else:
            for member in value.values():
                close(member)

def documents(text):
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() or [""]]

schema = json.load(open(sys.argv[1]))
validator = jsonschema.Draft202012Validator
validator.check_schema(schema)
closed = copy.deepcopy(schema["$defs"])
for name, part in closed.items():
    close(part, name in ("header", "count", "tallies", "identity", "born", "cow_pages", "run_values"))
for path in sys.argv[2:]:
    try:
        for document in documents(open(path).read()):
            command = document["pcstats"]["command"]
            validator({"$ref": "#/$defs/" + command, "$defs": closed}).validate(document)
            if not validator(schema).is_valid(document):
                raise ValueError("it is no document of one subcommand")
        print(path, "ok")
    except Exception as error:
        print(path, str(error).splitlines()[0][:300])
