import { api, by, onSubmit, open, say } from "/pages/page.js";
import { setUpWayIn } from "/pages/ways.js";

let token = "";

const takeToken = () => {
  token = location.hash.slice(1);
  // The token must not stay in the address bar, nor in the history.
  history.replaceState(null, "", location.pathname + location.search);
  if (token) say("");
  else say("This address lacks the one-time token: open the link that the server printed.", "failed");
};
takeToken();
// A link that is opened where the page is open already does not load it anew.
addEventListener("hashchange", () => by("form").hidden || takeToken());

const KEYS = ["source_id", "write_key", "read_key"];
const DONE = "Done. Copy the keys now; nobody can show them again.";

onSubmit(by("form"), async (fields) => {
  const entered = (name) => fields.get(name).trim();
  const email = entered("email");
  const asked = { token, email, name: entered("name"), tenant: entered("tenant"), source: entered("source") };
  const made = await api("POST", "/v1/setup", asked).catch((error) => {
    throw error.status === 404 ? new Error("This server has been set up already; the link is of no use any more.") : error;
  });
  for (const name of KEYS) by(name).textContent = made[name];
  by("snippet").textContent =
    `curl --cacert ca.crt ${location.origin}/sources/${made.source_id}/frames \\\n` +
    `  -H "Authorization: Bearer ${made.write_key}" \\\n` +
    `  --json '{"level":"info","message":"hello"}'`;
  say("The account and the organization are made.", "done");
  await setUpWayIn(email);
  open("made");
  say(DONE, "done");
});
