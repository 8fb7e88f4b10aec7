#!/usr/bin/env python3
"""Opens docs/formats/vectors/house-1.json from the format's description alone. Needs: pip install cryptography"""
import hashlib, hmac, json, pathlib, struct
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

hkdf = lambda key, salt, info: HKDF(SHA256(), 32, salt, info).derive(key)
parts = lambda *texts: b"".join(struct.pack(">I", len(t)) + t for t in texts)
pattern = lambda n: bytes((i ^ i >> 8 ^ i >> 16) & 255 for i in range(n))
house = json.loads((pathlib.Path(__file__).parent / "vectors/house-1.json").read_text())
root = bytes.fromhex(house["root_key"])
derive = lambda purpose, context=b"": hkdf(root, b"blockhouse/1/root", parts(purpose, context))

def unwrap(path):
    stored = bytes.fromhex(house["keys"][path]); owner, key_id = path.rsplit("/", 1); tenant, source = owner.split("/")
    kind, source = ("tenant", "") if source == "tenant" else ("source", source)
    over = derive(b"wrap") if kind == "tenant" else unwrap(f"{tenant}/tenant/{key_id[:8]}-00")
    assert len(stored) == 69 and stored[0] == 0x4B
    aad = parts(b"blockhouse/1/key", kind.encode(), tenant.encode(), source.encode(), key_id.encode(), stored[1:9])
    return AESGCMSIV(over).decrypt(stored[9:21], stored[21:], aad)

def cipher(name, header):
    tenant, source, kind, file = name.split("/"); key_id, obj = file.rsplit("-", 1)
    binding = f"blockhouse/1|{tenant}|{source}|{kind}|{obj}".encode()
    data_key = unwrap(f"{tenant}/{source}/{key_id}")
    return AESGCM(hkdf(data_key, header[1:33], binding)), header[33:40], data_key, binding

def open_object(name, sealed):
    gcm, prefix, *_ = cipher(name, sealed[:40]); cuts = [40, *range(65536, len(sealed), 65536), len(sealed)]
    assert sealed[0] == 0x28
    return b"".join(gcm.decrypt(prefix + struct.pack(">IB", i, i == len(cuts) - 2), sealed[a:b], b"") for i, (a, b) in enumerate(zip(cuts, cuts[1:])))

def open_journal(name, file):
    (gcm, prefix, *_), at, count, frames = cipher(name, file[:40]), 56, 0, []
    nonce = lambda step: prefix + struct.pack(">IB", count, step)
    assert file[0] == 0x4A and gcm.decrypt(nonce(0), file[40:56], file[:40]) == b""
    while at < len(file):
        length, counter = struct.unpack(">II", file[at:at + 8]); gcm.decrypt(nonce(1 if length else 3), file[at + 8:at + 24], file[at:at + 8])
        assert counter == count
        if length: frames.append(gcm.decrypt(nonce(2), file[at + 24:at + 24 + length], b""))
        at, count = at + 24 + length, count + 1
    return frames

assert bytes.fromhex(house["keys"]["root"]) == b"\x52" + derive(b"root-id")[:16]
for name, o in house["objects"].items():
    plain = pattern(o["pattern"]) if "pattern" in o else bytes.fromhex(o["plaintext"])
    sealed = (pathlib.Path(__file__).parent / "vectors" / o["file"]).read_bytes() if "file" in o else bytes.fromhex(o["sealed"])
    _, prefix, data_key, binding = cipher(name, sealed[:40])
    assert [x.hex() for x in (data_key, sealed[1:33], prefix)] + [binding.decode()] == [o["data_key"], o["salt"], o["prefix"], o["binding"]]
    assert open_object(name, sealed) == plain, name
for name, j in house["journals"].items():
    assert [f.hex() for f in open_journal(name, bytes.fromhex(j["bytes"]))] == j["frames"], name
for f in house["fields"]:
    sealed = bytes.fromhex(f["sealed"]); aad = parts(b"blockhouse/1/field", *(f[k].encode() for k in ("table", "column", "row", "scope")))
    assert sealed[0] == 0x46 and AESGCMSIV(derive(b"field")).decrypt(sealed[1:13], sealed[13:], aad) == f["plaintext"].encode()
    index = parts(b"blockhouse/1/blind-index", *(f[k].encode() for k in ("table", "column", "plaintext")))
    assert hmac.new(derive(b"blind-index"), index, hashlib.sha256).hexdigest() == f["blind_index"]
for p in house["peppers"]: assert hmac.new(derive(b"pepper", bytes([p["id"]])), p["token"].encode(), hashlib.sha256).hexdigest() == p["digest"]
print({k: len(house[k]) for k in ("keys", "objects", "journals", "fields", "peppers")}, "all open")
