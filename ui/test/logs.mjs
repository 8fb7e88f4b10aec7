// The Logs screen as its tests use it.

export const rows = (page) => page.getByRole("treegrid").locator("[role=row][id]");
export const query = (page) => page.getByLabel("Query", { exact: true });

export async function search(page, text) {
  await query(page).fill(text);
  await query(page).press("Enter");
}

/** A window of somebody who is signed in and looks there. */
export async function open(house, owner, path = "/app/logs") {
  const page = await house.person();
  await house.signIn(page, owner, path);
  // A tail begins without rows.
  await (path.includes("live=on") ? page.getByRole("treegrid") : rows(page).first()).waitFor();
  return page;
}

/** Comes back once the rows stand still: a scroll that is animated goes on after what began it. */
export const settled = (page) =>
  page.getByRole("treegrid").evaluate(async (grid) => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let [still, top] = [0, grid.scrollTop]; still < 10; still += 1) {
      await frame();
      if (grid.scrollTop !== top) [still, top] = [0, grid.scrollTop];
    }
  });
