// Goes through a login in Chromium: opens a page, clicks buttons and links, and prints as JSON what the
// last page shows and which errors the browser reported. Leaves screenshots of it, light and dark, in
// the directory.
//
// usage: browser.mjs CHROMIUM URL DIRECTORY [SELECTOR...]
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, url, directory, ...presses] = process.argv.slice(2);
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const browser = await chromium.launch({ executablePath, args, timeout: 60_000 });
try {
  const page = await browser.newPage({ viewport: { width: 800, height: 500 } });
  const complaints = [];
  const requests = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => requests.push(request.url()));
  let answer = await page.goto(url);
  for (const selector of presses) {
    const [next] = await Promise.all([page.waitForNavigation(), page.click(selector)]);
    answer = next;
  }
  const looks = {};
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(directory, `${colorScheme}.png`) });
    looks[colorScheme] = await page.evaluate(() => {
      const color = (name) => getComputedStyle(document.querySelector(name)).backgroundColor;
      return { body: color("body"), main: document.querySelector("main") && color("main") };
    });
  }
  const text = (selector) => page.locator(selector).first().innerText();
  console.log(
    JSON.stringify({
      status: answer.status(),
      address: page.url(),
      title: await page.title(),
      heading: await text("h1"),
      text: await text("body"),
      looks,
      requests,
      complaints,
    }),
  );
} finally {
  await browser.close();
}
