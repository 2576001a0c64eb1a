/**
 * English words on a page in Chinese. Every word in Latin letters has to be accounted for: it stands in code (`code`, `pre`, what is
 * set in the letters of code), it is marked as nobody's to translate, it is a name of the world's own, or one of the names below,
 * which both languages share. An address, a path, an id is no word: it holds more than letters.
 */
import type { Page } from "playwright-core";

const SHARED = new Set(
  [
    "Menshen menshen API URL URI HTTP HTTPS TLS AMQP RTSP ONVIF ISAPI FTP SFTP MAC IP DNS USB GPIO SIM TOTP Wiegand RabbitMQ SQLite",
    "JPEG JPG PNG WebP BMP CSV XLSX ZIP JSON PDF WebM MP UTF SHA HMAC QR VIP ID GPU CPU",
    "ms KB MB GB TB px Etc/UTC timedatectl Webhook OpenAPI Prometheus Linux Authorization Bearer Chrome Safari Edge Firefox English multipart/form-data",
  ]
    .join(" ")
    .split(" "),
);

/** What is on the page that nobody accounts for, each text with its words. */
export async function foreign(page: Page, names: string[]): Promise<string[]> {
  const texts = await page.evaluate(textsOf);
  return texts.flatMap((text) => {
    const ours = names.reduce((rest, name) => rest.replace(new RegExp(`\\b${name}\\b`, "g"), " "), text);
    const words = wordsOf(ours).filter((word) => !SHARED.has(word));
    return words.length > 0 ? [`${words.join(" ")}: ${text.slice(0, 120)}`] : [];
  });
}

/** Runs of two or more letters that are no part of an address, a path or an id. */
function wordsOf(text: string): string[] {
  return text
    .replace(/\{\w+\}/g, " ")
    .split(/[^\x21-\x7e]+/)
    .map((token) => token.replace(/^[^A-Za-z0-9/]+|[^A-Za-z0-9/]+$/g, ""))
    .filter((token) => /^[A-Za-z]+([-'/][A-Za-z]+)*$/.test(token) && token.length > 1);
}

/** The texts a page shows or reads out, but for code and what is marked as nobody's to translate. */
function textsOf(): string[] {
  const apart = "code, pre, kbd, script, style, .mono, [translate=no], [inert], svg";
  // Names that the library gives in English to what has no need of one: icons beside words, a mouse's way to count up.
  const library = ".anticon, .ant-input-number-action, .ant-select-clear";
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent && !parent.closest(apart) && parent.checkVisibility()) found.push(node.textContent ?? "");
  }
  for (const element of document.querySelectorAll("[placeholder], [title], [alt], [aria-label]")) {
    if (element.closest(`${apart}, ${library}`) || !element.checkVisibility()) continue;
    for (const name of ["placeholder", "title", "alt", "aria-label"])
      found.push(element.getAttribute(name) ?? "");
  }
  return [...new Set(found.map((text) => text.trim()))];
}
