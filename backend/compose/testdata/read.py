"""Reads messages as Python's email package understands them.

Arguments are files. Prints a JSON list, one object a file, of what arrived; the
text is unflowed by the rules of RFC 3676, written anew here.
"""

import hashlib
import json
import sys
from email import policy
from email.parser import BytesParser


def addresses(message, field):
    value = message[field]
    return [] if value is None else [[a.display_name, a.addr_spec] for a in value.addresses]


def unflow(text):
    out, paragraph, depth = [], "", None
    for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        line = line[marks:].removeprefix(" ")
        if depth is not None and depth != marks:
            out.append(paragraph)
            paragraph, depth = "", None
        if depth is None:
            paragraph, depth = "> " * marks, marks
        paragraph += line
        if not line.endswith(" ") or line == "-- ":
            out.append(paragraph)
            paragraph, depth = "", None
    if depth is not None:
        out.append(paragraph)
    return "\n".join(out) + "\n"


def read(path):
    with open(path, "rb") as f:
        message = BytesParser(policy=policy.default).parse(f)
    defects = [repr(d) for d in message.defects]
    for value in message.values():
        defects += [repr(d) for d in getattr(value, "defects", [])]
    texts, files = {}, []

    def walk(part):
        defects.extend(repr(d) for d in part.defects)
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart":
            for child in part.iter_parts():
                walk(child)
            return
        if part.get_content_disposition() is None:
            texts[kind] = part.get_content().replace("\r\n", "\n")
            if kind == "text/plain" and part["content-type"].params.get("format") == "flowed":
                texts[kind] = unflow(texts[kind])
            return
        digest = ""
        if kind != "message/rfc822":
            digest = hashlib.sha256(part.get_payload(decode=True)).hexdigest()
        files.append([part.get_filename() or "", kind, part.get_content_disposition(), (part["content-id"] or "").strip("<>"), digest])

    walk(message)
    return {
        "Subject": message["subject"] or "",
        "From": addresses(message, "from"),
        "To": addresses(message, "to"),
        "Cc": addresses(message, "cc"),
        "Bcc": addresses(message, "bcc"),
        "References": (message["references"] or "").split(),
        "Text": texts.get("text/plain", ""),
        "HTML": texts.get("text/html", ""),
        "Files": files,
        "Defects": defects,
    }


# Lone surrogates can't be printed; there must be none.
json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
