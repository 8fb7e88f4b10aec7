// Where alerts arrive: a webhook and a mail server, each with a certificate that one authority of this test vouches for.

import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";

const DAYS = "2";

export class Receivers {
  static async open() {
    const receivers = new Receivers();
    const folder = mkdtempSync(join(tmpdir(), "blockhouse-receivers-"));
    const at = (name) => join(folder, name);
    const openssl = (...words) => execFileSync("openssl", words, { stdio: "ignore" });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      at("ca.key"),
      "-out",
      at("ca.crt"),
      "-days",
      DAYS,
      "-subj",
      "/CN=receivers",
    );
    openssl("req", ...key, "-keyout", at("key"), "-out", at("csr"), "-subj", "/CN=localhost");
    writeFileSync(at("ext"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n");
    const by = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("ext"), "-days", DAYS];
    openssl("x509", "-req", "-in", at("csr"), "-out", at("crt"), ...by);
    const identity = { key: readFileSync(at("key")), cert: readFileSync(at("crt")) };
    receivers.folder = folder;
    receivers.authorityFile = at("ca.crt");
    receivers.authority = readFileSync(at("ca.crt"), "utf8");
    receivers.arrived = new EventEmitter();
    receivers.servers = [createServer(identity, receivers.#webhook), createTls(identity, receivers.#mail)];
    receivers.ports = await Promise.all(
      receivers.servers.map(async (server) => {
        server.listen(0, "localhost");
        await once(server, "listening");
        return server.address().port;
      }),
    );
    return receivers;
  }

  get hook() {
    return `https://localhost:${this.ports[0]}/hook`;
  }

  get mailHost() {
    return `localhost:${this.ports[1]}`;
  }

  /** The next message on this way; ask before what causes it. */
  async next(kind) {
    const [message] = await once(this.arrived, kind);
    return message;
  }

  stop() {
    for (const server of this.servers) server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #webhook = (request, answer) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      answer.writeHead(204).end();
      this.arrived.emit("hook", { headers: request.headers, body });
    });
  };

  // As much of SMTP as a message takes.
  #mail = (socket) => {
    let [text, isData] = ["", false];
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.write("220 localhost\r\n");
    socket.on("data", (piece) => {
      text += piece;
      for (;;) {
        const end = text.indexOf(isData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const said = text.slice(0, end);
        text = text.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          this.arrived.emit("mail", said);
          socket.write("250 taken\r\n");
        } else if (/^DATA$/i.test(said)) {
          isData = true;
          socket.write("354 go on\r\n");
        } else if (/^QUIT$/i.test(said)) socket.end("221 bye\r\n");
        else socket.write("250 localhost\r\n");
      }
    });
  };
}
