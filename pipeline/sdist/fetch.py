# Downloads source distributions by their hashes with pip's own index, credentials, certificates and proxies, and runs nothing of them.
import hashlib
import json
import os
import re
import sys

from pip._internal.commands import create_command
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import Version


def download(session, candidate, into, limit):
    """Writes a file and returns its SHA-256."""
    response = session.get(candidate.link.url_without_fragment, headers={"Accept-Encoding": "identity"}, stream=True)
    response.raise_for_status()
    sha256, size = hashlib.sha256(), 0
    with open(into, "wb") as f:
        for chunk in response.iter_content(1 << 16):
            size += len(chunk)
            if size > limit:
                raise SystemExit(f"{candidate.link.filename} has more than {limit} bytes")
            sha256.update(chunk)
            f.write(chunk)
    return sha256.hexdigest()


def fetch(session, finder, item, folder, limit):
    """Returns what is wrong, or nothing."""
    name, version, wanted = item["name"], Version(item["version"]), item["sha256"]
    label = f"{name}=={version}"
    seen = []
    for c in finder.find_all_candidates(name):
        if c.link.is_wheel or canonicalize_name(c.name) != name or c.version != version:
            continue
        file = os.path.basename(c.link.filename)
        if c.link.hash_name == "sha256" and c.link.hash not in wanted:
            seen.append(f"{file} has SHA-256 {c.link.hash}")
            continue
        into = os.path.join(folder, file)
        got = download(session, c, into, limit)
        if got in wanted:
            if c.link.yanked_reason is not None:
                print(f"The lock has a yanked version: {name!r} candidate (version {version} of the lock)", file=sys.stderr)
            return None
        os.remove(into)
        seen.append(f"{file} has SHA-256 {got}")
    if not seen:
        return f"{label}: the index has no source distribution of it"
    return f"{label}: {'; '.join(sorted(seen))}; want {' or '.join(wanted)}"


def main():
    asked = json.loads(sys.argv[1])
    os.makedirs(asked["dir"], exist_ok=True)
    command = create_command("download")
    options, _ = command.parse_args(["--disable-pip-version-check", "--no-deps", "--no-binary=:all:"])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options=options, session=session, ignore_requires_python=True)
        wrong = []
        for item in asked["sdists"]:
            try:
                problem = fetch(session, finder, item, asked["dir"], asked["limit"])
            except Exception as e:
                said = re.sub(r"//[^/\s]*@", "//", f"{type(e).__name__}: {e}")  # no user and password of an address
                problem = f"{item['name']}=={item['version']}: {said}"
            if problem:
                wrong.append(problem)
    if wrong:
        raise SystemExit("fetching source distributions:\n" + "\n".join(wrong))


main()
