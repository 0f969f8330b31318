// SPDX-License-Identifier: GPL-2.0-only
/** Colours that a canvas needs as values: resolved from the theme's variables once a theme change. */

export interface Palette {
  readonly edge: string;
  readonly edgeDead: string;
  readonly edgeError: string;
  readonly label: string;
  readonly background: string;
  readonly font: string;
}

function value(name: string, fallback: string): string {
  const v = getComputedStyle(document.body).getPropertyValue(name).trim();
  return v === '' ? fallback : v;
}

export function palette(): Palette {
  return {
    edge: value('--vscode-descriptionForeground', '#888888'),
    edgeDead: value('--vscode-disabledForeground', '#666666'),
    edgeError: value('--vscode-charts-red', '#e51400'),
    label: value('--vscode-descriptionForeground', '#888888'),
    background: value('--vscode-editor-background', '#1f1f1f'),
    font: value('--vscode-font-family', 'sans-serif'),
  };
}

/** Calls back after VS Code changed the theme, which it says by the class of `body`. */
export function onThemeChange(listener: () => void): void {
  new MutationObserver(listener).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
}
