# Builds one wheel with the backend that a source tree names (PEP 517), in the environment that runs this. Arguments: the tree, which is the working
# directory too, the folder for the wheel, the file for the answer, and as JSON the requirements that the environment was made for.
import importlib
import json
import os
import sys
import tomllib

tree, out, answer, known = sys.argv[1:5]


def leave(**values):
    with open(answer, "w", encoding="utf-8") as f:
        json.dump(values, f)


def backend():
    system = {}
    if os.path.exists("pyproject.toml"):
        with open("pyproject.toml", "rb") as f:
            system = tomllib.load(f).get("build-system", {})
    for folder in system.get("backend-path", []):
        full = os.path.realpath(os.path.join(tree, folder))
        if os.path.commonpath([full, os.path.realpath(tree)]) != os.path.realpath(tree):
            raise SystemExit(f"backend-path: {folder!r} lies outside the source tree")
        sys.path.insert(0, full)
    module, _, attributes = system.get("build-backend", "setuptools.build_meta:__legacy__").partition(":")
    found = importlib.import_module(module)
    for name in filter(None, attributes.split(".")):
        found = getattr(found, name)
    return found


hooks = backend()
sys.argv[1:] = []
asked = list(getattr(hooks, "get_requires_for_build_wheel", lambda settings: [])(None))
missing = sorted(set(map(str, asked)) - set(json.loads(known)))
if missing:
    leave(missing=missing)
else:
    leave(missing=[], wheel=hooks.build_wheel(out, None, None))
