"use strict";
const by = (id) => document.getElementById(id);
const token = location.hash.slice(1);
// The token must not stay in the address bar, nor in the history.
history.replaceState(null, "", location.pathname);

const say = (text, failed) => {
  by("status").textContent = text;
  by("status").className = failed ? "failed" : "";
};
if (!token) say("This address lacks the one-time token: open the link that the server printed.", true);

by("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = by("form").querySelector("button");
  const fields = new FormData(by("form"));
  button.disabled = true;
  say("Creating …", false);
  try {
    const response = await fetch("/v1/setup", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, tenant: fields.get("tenant"), source: fields.get("source") }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail || answer.title);
    for (const name of ["source_id", "write_key", "read_key"]) by(name).textContent = answer[name];
    by("snippet").textContent =
      `curl --cacert ca.crt ${location.origin}/sources/${answer.source_id}/frames \\\n` +
      `  -H "Authorization: Bearer ${answer.write_key}" \\\n` +
      `  --json '{"level":"info","message":"hello"}'`;
    by("form").hidden = true;
    by("made").hidden = false;
    say("Done. Copy the keys now; nobody can show them again.", false);
  } catch (error) {
    say(error.message, true);
    button.disabled = false;
  }
});
