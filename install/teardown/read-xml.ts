export type XmlElement = { name: string; text: string; children: XmlElement[] };

const token = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g;
const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' };

/** Enough XML for the answers of AWS's query services: elements and text. Attributes are skipped. */
export function readXml(source: string): XmlElement {
  const root: XmlElement = { name: '', text: '', children: [] };
  const open = [root];
  for (const [, closing, name, selfClosing, text] of source.matchAll(token)) {
    const current = open.at(-1) ?? root;
    if (text !== undefined)
      current.text += text.replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (each) => entities[each] ?? each);
    else if (name === undefined) continue;
    else if (closing === '/') {
      if (open.length > 1) open.pop();
    } else {
      const element = { name, text: '', children: [] };
      current.children.push(element);
      if (selfClosing !== '/') open.push(element);
    }
  }
  return root;
}

/** Every element of that name, wherever it stands. */
export function elements(within: XmlElement, name: string): XmlElement[] {
  return within.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elements(child, name)]);
}

/** The text of the child of that name; empty when there is none. */
export function textOf(within: XmlElement | undefined, name: string): string {
  return (within?.children.find((child) => child.name === name)?.text ?? '').trim();
}

/** The `member` children of the list of that name. */
export function members(within: XmlElement | undefined, list: string): XmlElement[] {
  return within?.children.find((child) => child.name === list)?.children ?? [];
}
