"""validate.py SCHEMA FILE…: fails unless every YAML file is valid under the JSON Schema."""
import json
import sys

import jsonschema
import yaml

with open(sys.argv[1], encoding="utf-8") as source:
    schema = json.load(source)
jsonschema.Draft7Validator.check_schema(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as source:
        jsonschema.validate(yaml.safe_load(source), schema, cls=jsonschema.Draft7Validator)
