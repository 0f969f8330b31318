// SPDX-License-Identifier: GPL-2.0-only
/** Sources that need more than themselves: headers of the project, headers of ours, headers that nobody has. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { diagnostics, file, openVerified, write } from './support';

const XDP = (include: string, ret: string): string => `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "${include}"

SEC("xdp")
int decide(struct xdp_md *ctx)
{
	return ${ret};
}

char LICENSE[] SEC("license") = "GPL";
`;

export const projects: readonly Test[] = [
  {
    name: 'a header elsewhere in the project is found, and libbpf’s and the kernel’s are there',
    run: async () => {
      await write('opened/lib/net/answer.h', '#define ANSWER XDP_DROP\n');
      await write('opened/prog/decide.bpf.c', XDP('net/answer.h', 'ANSWER'));
      const { state } = await openVerified('opened/prog/decide.bpf.c');
      assert.deepEqual(
        state.result?.programs.map((p) => [p.program, p.verdict]),
        [['decide', 'accept']],
      );
    },
  },
  {
    name: 'vmlinux.h is there without a build',
    run: async () => {
      const text =
        '#include "vmlinux.h"\n#include <bpf/bpf_helpers.h>\nSEC("kprobe/vfs_read")\nint see(struct pt_regs *ctx)\n{\n\tstruct task_struct *t = (void *)bpf_get_current_task_btf();\n\treturn t->pid & 1;\n}\nchar LICENSE[] SEC("license") = "GPL";\n';
      await write('opened/see.bpf.c', text);
      const { state } = await openVerified('opened/see.bpf.c');
      assert.deepEqual(
        state.result?.programs.map((p) => [p.program, p.verdict]),
        [['see', 'accept']],
      );
    },
  },
  {
    name: 'a missing header is one sentence, which names what makes it, with a way to it',
    run: async () => {
      await write('opened/gen/Makefile', 'made_by_build.h: made.awk\n\tawk -f $< > $@\n');
      const uri = await write('opened/gen/lost.bpf.c', XDP('made_by_build.h', 'UNKNOWN_1 + UNKNOWN_2'));
      await vscode.window.showTextDocument(uri);
      const list = await diagnostics(uri, (l) => l.length > 0);
      assert.equal(list.length, 1);
      assert.equal(
        list[0]!.message,
        'made_by_build.h is not found. The build has not run. make made_by_build.h makes it (opened/gen/Makefile:1).',
      );
      assert.equal(list[0]!.range.start.line, 2);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, list[0]!.range);
      const titles = actions.map((a) => a.title);
      for (const title of ['Run make made_by_build.h in a terminal', 'How is this file compiled?'])
        assert.ok(titles.includes(title), titles.join('; '));
      await vscode.workspace.fs.delete(file('opened'), { recursive: true });
    },
  },
];
