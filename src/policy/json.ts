// SPDX-License-Identifier: GPL-2.0-only
/** JSON with places: strict JSON, read so that every value knows where in the text it stands. */

/** A place in the text; line and column from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Length in characters on that line, at least 1. */
  readonly length: number;
}

/** A value with its JSON path (`$.classes[2].name`). */
export interface JsonNode {
  readonly path: string;
  readonly place: Place;
  readonly value: string | number | boolean | null | readonly JsonNode[] | JsonObject;
}

/** Members in order; `keys` are where the names stand. */
export class JsonObject {
  readonly members = new Map<string, JsonNode>();
  readonly keys = new Map<string, Place>();
}

/** Text that is no JSON. */
export class JsonSyntaxError extends Error {
  constructor(
    readonly why: string,
    readonly place: Place,
  ) {
    super(`${place.line}:${place.column}: ${why}`);
    this.name = 'JsonSyntaxError';
  }
}

/** Deepest nesting that is read. */
const MAX_DEPTH = 64;
/** Characters and values of a file that is read, so that reading takes a few milliseconds: the thread of an editor does it. */
const MAX_LENGTH = 256 << 10;
const MAX_VALUES = 20_000;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads JSON text. Throws {@link JsonSyntaxError}; the first error counts. */
export function parseJson(text: string): JsonNode {
  if (text.length > MAX_LENGTH)
    throw new JsonSyntaxError(`too long: more than ${MAX_LENGTH >> 10} thousand characters`, { line: 1, column: 1, length: 1 });
  const parser = new Parser(text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text);
  return parser.document();
}

class Parser {
  private at = 0;
  private line = 1;
  private lineStart = 0;
  private values = 0;

  constructor(private readonly text: string) {}

  document(): JsonNode {
    const node = this.value('$', 0);
    this.space();
    if (this.at < this.text.length) this.fail('something follows the end of the document');
    return node;
  }

  private place(from: number, line: number, lineStart: number): Place {
    return { line, column: from - lineStart + 1, length: Math.max(1, line === this.line ? this.at - from : 1) };
  }
  private fail(why: string): never {
    throw new JsonSyntaxError(`not JSON: ${why}`, { line: this.line, column: this.at - this.lineStart + 1, length: 1 });
  }
  private space(): void {
    for (;;) {
      const c = this.text[this.at];
      if (c === '\n') {
        this.line++;
        this.lineStart = this.at + 1;
      } else if (c !== ' ' && c !== '\t' && c !== '\r') return;
      this.at++;
    }
  }
  private seen(): string {
    const c = this.text[this.at];
    return c === undefined ? 'the end of the file' : `'${c}'`;
  }

  private value(path: string, depth: number): JsonNode {
    this.space();
    if (depth > MAX_DEPTH) this.fail('nested too deeply');
    if (++this.values > MAX_VALUES) this.fail(`more than ${MAX_VALUES} values`);
    const from = this.at;
    const { line, lineStart } = this;
    const node = (value: JsonNode['value']): JsonNode => ({ path, place: this.place(from, line, lineStart), value });
    const c = this.text[this.at];
    if (c === '{') return node(this.object(path, depth));
    if (c === '[') return node(this.array(path, depth));
    if (c === '"') return node(this.string());
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/.exec(
      this.text.slice(this.at, this.at + 64),
    )?.[0];
    if (word === undefined) this.fail(`expected a value, found ${this.seen()}`);
    this.at += word.length;
    return node(word === 'null' ? null : word === 'true' ? true : word === 'false' ? false : Number(word));
  }

  private object(path: string, depth: number): JsonObject {
    const object = new JsonObject();
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return object;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail(`expected a name in quotes, found ${this.seen()}`);
      const from = this.at;
      const name = this.string();
      const place = this.place(from, this.line, this.lineStart);
      if (object.members.has(name)) throw new JsonSyntaxError(`'${name}' is there twice`, place);
      this.space();
      if (this.text[this.at] !== ':') this.fail(`expected ':' after the name, found ${this.seen()}`);
      this.at++;
      object.keys.set(name, place);
      object.members.set(name, this.value(`${path}.${name}`, depth + 1));
      this.space();
      const c = this.text[this.at];
      if (c !== ',' && c !== '}') this.fail(`expected ',' or '}', found ${this.seen()}`);
      this.at++;
      if (c === '}') return object;
    }
  }

  private array(path: string, depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(`${path}[${items.length}]`, depth + 1));
      this.space();
      const c = this.text[this.at];
      if (c !== ',' && c !== ']') this.fail(`expected ',' or ']', found ${this.seen()}`);
      this.at++;
      if (c === ']') return items;
    }
  }

  private string(): string {
    let out = '';
    this.at++;
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined || c === '\n') this.fail('the string does not end on its line');
      if (c < ' ') this.fail('control characters must be escaped');
      this.at++;
      if (c === '"') return out;
      if (c !== '\\') {
        out += c;
        continue;
      }
      const escape = this.text[this.at] ?? '';
      const plain = ESCAPES[escape];
      if (plain !== undefined) {
        out += plain;
        this.at++;
      } else {
        const hex = /^u([0-9a-fA-F]{4})/.exec(this.text.slice(this.at, this.at + 5))?.[1];
        if (hex === undefined) this.fail(`unknown escape '\\${escape}'`);
        out += String.fromCharCode(parseInt(hex, 16));
        this.at += 5;
      }
    }
  }
}
