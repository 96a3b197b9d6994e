// Opens a page in headless Chromium and says on standard output, as one JSON object, what was seen.
// Arguments: the page, the node_modules directory, the browser's binary (or "" for Playwright's own), a directory for pictures (or "").
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [file, modules, binary, pictures] = process.argv.slice(2);
const require = createRequire(path.join(modules, "anchor.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const seen = { console: [], dialogs: 0, requests: [], violations: [], checks: {} };
const browser = await chromium.launch({ executablePath: binary || undefined, args: ["--no-sandbox"] });

async function open(options) {
  // The page's own policy refuses foreign scripts; axe is brought in past it in a context of its own.
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.on("console", (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.console.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { seen.dialogs += 1; dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith("file:")) seen.requests.push(request.url()); });
  await page.goto(pathToFileURL(file).href);
  return page;
}

for (const width of [1280, 390]) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ viewport: { width, height: 900 }, colorScheme });
    const name = `${width}-${colorScheme}`;
    seen.checks[`${name} fits`] = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
    await page.context().close();
    const bare = await open({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    await bare.evaluate(() => { for (const part of document.querySelectorAll("details")) part.open = true; });
    await bare.evaluate(axe);
    const found = await bare.evaluate(() => window.axe.run());
    for (const violation of found.violations) {
      seen.violations.push(`${name} ${violation.impact} ${violation.id}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
    await bare.context().close();
  }
}

const page = await open({ viewport: { width: 1280, height: 900 } });
const rows = (table) => page.locator(`#${table} tbody tr:visible`);
const texts = async (table, column) => page.locator(`#${table} tbody tr:visible > *:nth-child(${column})`).allInnerTexts();
const sorted = (list, compare) => list.every((item, at) => at === 0 || compare(list[at - 1], item) <= 0);
const natural = (a, b) => a.localeCompare(b, "en", { numeric: true });

const all = await rows("finding-table").count();
const search = page.locator("form[data-for=finding-table] input");
await search.fill("redis");
const some = await rows("finding-table").count();
seen.checks["the search leaves some rows"] = some > 0 && some < all;
seen.checks["the status counts them"] = (await page.locator("form[data-for=finding-table] [role=status]").innerText()) === `${some} of ${all} shown`;
await search.fill("no row has this");
seen.checks["the search may leave none"] = (await rows("finding-table").count()) === 0;
await search.fill("");
await page.locator("form[data-for=finding-table] select").first().selectOption("critical");
const critical = await texts("finding-table", 1);
seen.checks["the severity is chosen"] = critical.length > 0 && critical.length < all && critical.every((text) => text.includes("critical"));
await page.locator("form[data-for=finding-table] select").first().selectOption("");
await page.locator("form[data-for=finding-table] select").nth(1).selectOption("baseline");
const known = await texts("finding-table", 5);
seen.checks["the baseline is chosen"] = known.length > 0 && known.every((text) => text === "in the baseline");
await page.locator("form[data-for=finding-table] select").nth(1).selectOption("");
await search.press("Enter");
seen.checks["enter leaves the page"] = !page.url().includes("?");

const rule = page.locator("#finding-table thead button").nth(1);
await rule.focus();
await page.keyboard.press("Enter");
const up = await texts("finding-table", 2);
seen.checks["the keyboard sorts"] = sorted(up, natural) && up.length === all;
seen.checks["the order is told"] = (await page.locator("#finding-table thead th").nth(1).getAttribute("aria-sort")) === "ascending";
await rule.click();
seen.checks["and back"] = sorted(await texts("finding-table", 2), (a, b) => natural(b, a));
await page.locator("#finding-table thead button").first().click();
const ranks = await page.locator("#finding-table tbody tr > *:first-child").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)));
seen.checks["the worst is first"] = sorted(ranks, (a, b) => a - b);
const age = page.locator("#matrix-table thead button", { hasText: "Age" });
await age.click();
await age.click();
const ages = await page.locator("#matrix-table tbody tr > *:nth-last-child(2)").allInnerTexts();
const known_ages = ages.filter((text) => text !== "unknown").map((text) => Number.parseInt(text.replace(",", ""), 10));
seen.checks["ages are numbers, the unknown last"] = known_ages.length > 1 && sorted(known_ages, (a, b) => b - a) && ages.at(-1) === "unknown";

await page.locator("#finding-table summary").first().press("Enter");
seen.checks["details open"] = await page.locator("#finding-table details").first().evaluate((part) => part.open);
seen.checks["names are text"] = (await page.locator("#finding-table").innerText()).includes("<script>alert(1)</script>");
seen.checks["nothing was put in"] = await page.evaluate(() =>
  document.scripts.length === 1 && !document.querySelector("img, iframe, object, embed, link, base, [onerror], [onload], [onclick], [style]"));
seen.checks["what is hidden is printed"] = await page.evaluate(() => {
  window.dispatchEvent(new Event("beforeprint"));
  const open = Array.from(document.querySelectorAll("details")).every((part) => part.open);
  window.dispatchEvent(new Event("afterprint"));
  return open;
});
// What the page's policy is for, should an escape ever fail.
const before = seen.console.length;
await page.evaluate(() => {
  const script = document.createElement("script");
  script.textContent = "window.ran = true";
  document.body.append(script);
  const image = new Image();
  image.src = "https://example.com/x.png";
});
await page.waitForTimeout(200);
seen.checks["foreign scripts are refused"] = (await page.evaluate(() => window.ran)) === undefined;
seen.checks["and said to be"] = seen.console.length > before;
seen.console.length = before;
seen.requests = seen.requests.filter((url) => url !== "https://example.com/x.png");
if (pictures) {
  await page.emulateMedia({ media: "print" });
  await page.pdf({ path: path.join(pictures, "print.pdf"), format: "A4" });
}

const still = await browser.newContext({ javaScriptEnabled: false });
const plain = await still.newPage();
await plain.goto(pathToFileURL(file).href);
seen.checks["without a script everything is shown"] = (await plain.locator("#finding-table tbody tr:visible").count()) === all
  && (await plain.locator("form.filter:visible").count()) === 0;

await browser.close();
console.log(JSON.stringify(seen));
