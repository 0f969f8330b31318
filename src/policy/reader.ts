// SPDX-License-Identifier: GPL-2.0-only
/** Reads values out of a JSON document and collects what is wrong, each with its path and place. */
import { type JsonNode, JsonObject, JsonSyntaxError, parseJson, type Place } from './json';

/** One thing that is wrong in a file. */
export interface Problem extends Place {
  /** JSON path, e.g. `$.classes[0].token`. */
  readonly path: string;
  readonly message: string;
}

/** A policy or overlay file that cannot be used. */
export class PolicyFileError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    const first = problems[0];
    super(first === undefined ? 'unusable policy file' : `${first.line}:${first.column}: ${first.path}: ${first.message}`);
    this.name = 'PolicyFileError';
  }
}

/** Document and problems of one file. Getters return null for what is not usable, after noting why. */
export class Reader {
  readonly problems: Problem[] = [];
  readonly root: JsonNode | null;

  constructor(text: string) {
    let root: JsonNode | null = null;
    try {
      root = parseJson(text);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      this.problems.push({ path: '$', message: error.why, ...error.place });
    }
    this.root = root;
  }

  note(node: JsonNode, message: string): void {
    this.problems.push({ path: node.path, message, ...node.place });
  }
  /** Ends with everything that was noted, if anything was. */
  finish(): void {
    if (this.problems.length > 0) throw new PolicyFileError(this.problems);
  }

  object(node: JsonNode): JsonObject | null {
    if (node.value instanceof JsonObject) return node.value;
    this.note(node, 'must be an object');
    return null;
  }
  /** An object that has no other members than these. */
  record(node: JsonNode, allowed: readonly string[]): JsonObject | null {
    const object = this.object(node);
    if (object === null) return null;
    for (const [name, member] of object.members) {
      if (allowed.includes(name)) continue;
      this.problems.push({ path: member.path, message: `unknown key; known: ${allowed.join(', ')}`, ...object.keys.get(name)! });
    }
    return object;
  }
  array(node: JsonNode | undefined): readonly JsonNode[] {
    if (node === undefined) return [];
    if (Array.isArray(node.value)) return node.value as readonly JsonNode[];
    this.note(node, 'must be an array');
    return [];
  }
  string(node: JsonNode): string | null {
    if (typeof node.value === 'string' && node.value !== '') return node.value;
    this.note(node, 'must be a non-empty string');
    return null;
  }
  /** A string that may be empty. */
  text(node: JsonNode): string | null {
    if (typeof node.value === 'string') return node.value;
    this.note(node, 'must be a string');
    return null;
  }
  boolean(node: JsonNode): boolean | null {
    if (typeof node.value === 'boolean') return node.value;
    this.note(node, 'must be true or false');
    return null;
  }
  number(node: JsonNode): number | null {
    if (typeof node.value === 'number' && Number.isFinite(node.value)) return node.value;
    this.note(node, 'must be a number');
    return null;
  }
  oneOf<T extends string>(node: JsonNode, allowed: readonly T[]): T | null {
    const found = allowed.find((a) => a === node.value);
    if (found !== undefined) return found;
    this.note(node, `must be one of ${allowed.join(', ')}`);
    return null;
  }
  /** The member as what `read` makes of it; undefined if it is absent or unusable. */
  optional<T>(object: JsonObject, name: string, read: (node: JsonNode) => T | null): T | undefined {
    const node = object.members.get(name);
    return node === undefined ? undefined : (read(node) ?? undefined);
  }
  /** As {@link optional}, noting its absence at the object. */
  required<T>(object: JsonObject, owner: JsonNode, name: string, read: (node: JsonNode) => T | null): T | undefined {
    const node = object.members.get(name);
    if (node !== undefined) return read(node) ?? undefined;
    this.problems.push({
      path: `${owner.path}.${name}`,
      message: `${name} is missing; it must be a non-empty string`,
      ...owner.place,
      length: 1,
    });
    return undefined;
  }
}
