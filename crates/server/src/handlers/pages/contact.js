// Whoever read a message to the security contact says so. The code stands behind the #, which is not sent with the page.

import { api, by } from "/pages/page.js";

const button = by("acknowledge");
const said = by("said");

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await api("POST", "/v1/security-contact/acknowledge", { code: location.hash.slice(1) });
    said.textContent = "Acknowledged. The contact stays published; the next message comes in a week.";
  } catch (error) {
    said.textContent = `Not acknowledged: ${error.message}`;
    button.disabled = false;
  }
});
