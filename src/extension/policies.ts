// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { OverlayText } from '../analysis/requests';
import { describes, POLICIES } from '../policy';
import { KERNELS, releaseOf } from '../kernel/releases';
import { isMainlineId } from '../policy/on-kernel';
import { loadPolicy } from '../policy/file';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { PolicyFileError } from '../policy/reader';
import type { Policy } from '../policy/types';
import type { PolicyInfo } from '../protocol/model';
import { textOf, UnusableInput } from './files';
import type { RuleFileWatch } from './rule-files';

const MAX_FILES = 200;
/** Larger files are not read: they would be refused for their length. */
const MAX_BYTES = 1 << 20;
/** Longer texts are looked into only by the worker, when they are used: reading them would hold the editor. */
const MAX_LOOKED_INTO = 64 << 10;

export const isPolicyFile = (uri: vscode.Uri): boolean => uri.path.endsWith(POLICY_FILE_SUFFIX);

interface PolicyFile {
  readonly uri: vscode.Uri;
  readonly text: string;
  readonly info: PolicyInfo;
  /** Null while it has errors, or if it is large. */
  readonly policy: Policy | null;
}

/** A policy as it is called on a kernel: mainline's is that kernel's own. */
export function policyOnKernel(id: string, kernel: string): string {
  return isMainlineId(id) ? releaseOf(kernel).policy : id;
}

/** Kernels that what was verified as one of them can be compared with, by their mainline policies. */
export function otherKernels(kernel: string): PolicyInfo[] {
  return KERNELS.filter((k) => k.version !== kernel).map((k) => ({
    id: k.policy,
    title: k.title,
    description: `The same program as ${k.title} (${k.version}) verifies it.`,
  }));
}

/** The policies that can be chosen: those built in, and the policy files of the workspace, under their path in it. */
export class PolicyCatalog implements vscode.Disposable {
  private readonly files = new Map<string, PolicyFile>();
  private readonly turns = new Map<string, number>();
  private readonly changed = new vscode.EventEmitter<string>();
  /** Fires with the id of a policy file that appeared, changed or went. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  /** Settles when the workspace has been searched. */
  readonly ready: Promise<void>;

  constructor(watch: RuleFileWatch) {
    this.subscriptions = [
      watch.onDidChange((uri) => {
        if (isPolicyFile(uri)) void this.take(uri);
      }),
      this.changed,
    ];
    this.ready = this.search();
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
  }

  /** All of them, those built in first. */
  all(): PolicyInfo[] {
    const own = [...this.files.values()].map((f) => f.info).sort((a, b) => a.id.localeCompare(b.id));
    return [...POLICIES.map(({ id, title, description }) => ({ id, title, description })), ...own];
  }

  /** Ids of the policies under which a function exists that the kernel does not have. */
  policiesWith(name: string): string[] {
    const own = [...this.files].filter(([, f]) => f.policy !== null && describes(f.policy, name)).map(([id]) => id);
    return [...POLICIES.filter((p) => describes(p, name)).map((p) => p.id), ...own.sort()];
  }

  /** Where a policy file is, undefined for one that is built in or not there. */
  fileOf(id: string): vscode.Uri | undefined {
    return this.files.get(id)?.uri;
  }

  /** Text of a policy file, null for a policy that is built in. Throws {@link UnusableInput} when there is neither. */
  async read(id: string): Promise<OverlayText | null> {
    if (POLICIES.some((p) => p.id === id) || isMainlineId(id)) return null;
    await this.ready;
    const file = this.files.get(id);
    if (file === undefined)
      throw new UnusableInput(
        `There is no policy ${id}`,
        `It is neither built in nor a file *${POLICY_FILE_SUFFIX} of this workspace. Choose another policy, or bring the file back.`,
      );
    return { name: file.uri.fsPath, json: file.text };
  }

  private async search(): Promise<void> {
    const found = await vscode.workspace.findFiles(`**/*${POLICY_FILE_SUFFIX}`, '**/node_modules/**', MAX_FILES);
    await Promise.all(found.map((uri) => this.take(uri)));
  }

  /** Reads a file that may have changed or gone, and tells if it did. */
  private async take(uri: vscode.Uri): Promise<void> {
    const id = vscode.workspace.asRelativePath(uri);
    const turn = (this.turns.get(id) ?? 0) + 1;
    this.turns.set(id, turn);
    const text = await textOf(uri, MAX_BYTES).catch(() => null);
    // a later look at it knows better
    if (this.turns.get(id) !== turn || text === (this.files.get(id)?.text ?? null)) return;
    if (text === null) this.files.delete(id);
    else this.files.set(id, { uri, text, ...read(id, text) });
    this.changed.fire(id);
  }
}

function read(id: string, json: string): Pick<PolicyFile, 'info' | 'policy'> {
  if (json.length > MAX_LOOKED_INTO)
    return { info: { id, title: id, description: 'A large file: it is read when it is used.' }, policy: null };
  try {
    const policy = loadPolicy(json);
    return { info: { id, title: policy.title, description: policy.description }, policy };
  } catch (error) {
    if (error instanceof PolicyFileError)
      return { info: { id, title: id, description: `This file has errors: ${error.message}` }, policy: null };
    throw error;
  }
}
