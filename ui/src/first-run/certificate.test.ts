import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { fingerprintOf } from "./certificate";

// Of nobody: a key that was thrown away.
const PEM = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUXg77SlT7yJzcUHtggsq7SCK7HHUwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MB4XDTI2MTEyODEyMjI1N1oXDTM2MTEyNTEyMjI1
N1owETEPMA0GA1UEAwwGbm9ib2R5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
n7h69vA4yLL/6QNUzNZDfExDpUqT5lWAtrIUTDxw5zVpLQwH1vIux298Z7W8iBY9
UtQBtt6BCeeBExbINE/6WaNTMFEwHQYDVR0OBBYEFF51pFKZAnTiJRCJZonpN+A7
+rhNMB8GA1UdIwQYMBaAFF51pFKZAnTiJRCJZonpN+A7+rhNMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgBW8sPND6HqQvtOeEF/QDJflTAa/LBChZ
G4LkxjM+TcACIA5rNW3neyrXPu8OifntlnHOV8+608pjGNcB68e4Pv9n
-----END CERTIFICATE-----`;

test("a certificate's fingerprint is the one that OpenSSL says", async () => {
  expect(await fingerprintOf(PEM)).toBe(new X509Certificate(PEM).fingerprint256);
  expect(await fingerprintOf(`a note\n${PEM.replaceAll("\n", "\r\n")}`)).toBe(new X509Certificate(PEM).fingerprint256);
});

test("what is no certificate has none", async () => {
  await expect(fingerprintOf("")).rejects.toThrow("no certificate");
  await expect(fingerprintOf("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----")).rejects.toThrow();
});
