// SPDX-License-Identifier: GPL-2.0-only
import { DEFAULT_POLICY } from '../policy';
import { EDITOR_COMMANDS, commandId } from './commands';
import { commandLinkOf, FIRST_STEPS } from './links';
import { CONTEXT_KEYS } from './names';

const linkTo = (name: keyof typeof EDITOR_COMMANDS): string => commandLinkOf(EDITOR_COMMANDS[name].title, name);

/** First steps, each with its page in `media/walkthrough` and what ends it. */
export const WALKTHROUGH = {
  id: 'start',
  title: 'Get started with BPF contexts',
  description: 'See what a BPF program holds, and where it may sleep.',
  steps: [
    {
      id: 'open',
      title: 'Open a BPF program',
      description: `The sample walks the memory areas of a task and copies from each: where may it sleep, and where would it under a proposed rule?\n${commandLinkOf('Open the sample', 'openSample')}\nOr a program of your own: C with a \`SEC("…")\` function, BPF assembly (\`.bpf.s\`), an object. Sources are compiled with clang in trusted workspaces.\n${FIRST_STEPS.openFile}`,
      completes: `onContext:${CONTEXT_KEYS.verified}`,
    },
    {
      id: 'graph',
      title: 'Look at its context graph',
      description: `Blocks, what is held along them, and where the program may sleep.\n${linkTo('showGraph')}`,
      completes: `onCommand:${commandId('showGraph')}`,
    },
    {
      id: 'policy',
      title: 'Choose a policy',
      description: `The rules of contexts are data: those of ${DEFAULT_POLICY.title}, of proposals, or your own in a \`*.bpf-policy.json\`.\n${linkTo('selectPolicy')}`,
      completes: `onCommand:${commandId('selectPolicy')}`,
    },
    {
      id: 'compare',
      title: 'Compare two policies',
      description: `What differs, block by block, and the rule that makes the difference.\n${linkTo('compareWith')}`,
      completes: `onCommand:${commandId('compareWith')}`,
    },
  ],
} as const;
