// Opens reports in a browser and says what is wrong with them.
//
//     node check.mjs PAGE.html...
//
// Each page is opened at three widths, light and dark: it must fit the width, need nothing else, write no error to the
// console, and break no rule of axe (WCAG 2.2 AA and best practices). On paper, every heading and every table must be there.
// PAGES_MODULES is the node_modules with playwright-core and axe-core; CHROMIUM is the browser.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.PAGES_MODULES ? `${process.env.PAGES_MODULES}/` : import.meta.url);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core");

const PAGES_AT_ONCE = 2;
const WIDTHS = [390, 820, 1440];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
// A4 at 96 pixels to the inch, less margins of 12 mm.
const PAPER_WIDTH = 703;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let problems = 0;

function say(page, where, what) {
  problems += 1;
  console.log(`${page.split("/").slice(-3).join("/")} (${where}): ${what}`);
}

async function open(file, options, where) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  page.on("console", (message) => message.type() === "error" && say(file, where, `console: ${message.text()}`));
  page.on("pageerror", (error) => say(file, where, `script: ${error}`));
  page.on("request", (request) => request.url() !== address && say(file, where, `requests ${request.url()}`));
  await page.goto(address);
  return { context, page };
}

async function onScreen(file, width, colorScheme) {
  const where = `${width} px, ${colorScheme}`;
  const { context, page } = await open(file, { viewport: { width, height: 900 }, colorScheme }, where);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > width) {
    const culprits = await page.evaluate((limit) => {
      const scrolls = (element) => element.closest(".scroll") && !element.matches(".scroll");
      const all = [...document.querySelectorAll("body *")];
      const over = all.filter((element) => element.getBoundingClientRect().right > limit + 1 && !scrolls(element));
      return over.slice(-3).map((element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.trim().slice(0, 40)}`);
    }, width);
    say(file, where, `is ${wide} px wide: ${culprits.join(" | ")}`);
  }
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate((tags) => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), RULES);
  for (const violation of found.violations) {
    const [first] = violation.nodes;
    say(file, where, `${violation.id}, ${violation.nodes.length} times: ${violation.help}; ${first.html.slice(0, 160)} ${first.any.concat(first.all)[0]?.message ?? ""}`);
  }
  await context.close();
}

async function onPaper(file) {
  const { context, page } = await open(file, { viewport: { width: PAPER_WIDTH, height: 1000 } }, "paper");
  await page.emulateMedia({ media: "print" });
  const lost = await page.evaluate((limit) => {
    const seen = (element) => element.checkVisibility({ contentVisibilityAuto: true }) && element.getClientRects().length > 0;
    const name = (element) => element.querySelector("caption, th")?.textContent ?? element.textContent;
    const gone = [...document.querySelectorAll("main h2:not(nav h2), main h3, main table:not(.off-paper table), main figure.chart")].filter((element) => !seen(element));
    const cut = [...document.querySelectorAll("main table")].filter((element) => seen(element) && element.getBoundingClientRect().right > limit + 1);
    return [
      ...gone.map((element) => `is not printed: ${element.tagName.toLowerCase()} ${name(element).trim().slice(0, 60)}`),
      ...cut.map((element) => `is cut on paper: table ${element.closest("[id]")?.id} ${Math.round(element.getBoundingClientRect().right)} px`),
    ];
  }, PAPER_WIDTH);
  lost.forEach((what) => say(file, "paper", what));
  await page.pdf({ format: "A4", path: `${file}.pdf`, preferCSSPageSize: true });
  await context.close();
}

async function check(file) {
  for (const width of WIDTHS) {
    for (const scheme of ["light", "dark"]) {
      await onScreen(file, width, scheme);
    }
  }
  await onPaper(file);
}

const files = process.argv.slice(2);
const waiting = [...files];
async function work() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    await check(file);
  }
}
await Promise.all(Array.from({ length: PAGES_AT_ONCE }, work));
await browser.close();
console.log(`${files.length} pages, ${problems} problems`);
process.exit(problems > 0 ? 1 : 0);
