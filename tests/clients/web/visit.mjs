// Visits a page in a real Chromium and prints what the page found out, as JSON.
//
// Usage: node visit.mjs CHROMIUM PROFILE URL

import { chromium } from "playwright-core";

const [executablePath, profile, url] = process.argv.slice(2);
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const page = await context.newPage();
  page.on("console", (message) => console.error(`console: ${message.text()}`));
  page.on("pageerror", (error) => console.error(`page: ${error}`));
  await page.goto(url);
  const found = await page.waitForFunction(() => window.results, null, { timeout: 60000 });
  console.log(JSON.stringify(await found.jsonValue()));
} finally {
  await context.close();
}
