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

/** A theme colour as `rgb(r, g, b)`: Cytoscape knows no transparency in colours and no eight-digit hex. */
function colour(name: string, fallback: string): string {
  const probe = document.createElement('span');
  probe.style.color = value(name, fallback);
  document.body.append(probe);
  const parts = /rgba?\(([\d.]+), ([\d.]+), ([\d.]+)/.exec(getComputedStyle(probe).color);
  probe.remove();
  return parts === null ? fallback : `rgb(${parts[1]!}, ${parts[2]!}, ${parts[3]!})`;
}

export function palette(): Palette {
  return {
    edge: colour('--vscode-descriptionForeground', '#888888'),
    edgeDead: colour('--vscode-disabledForeground', '#666666'),
    edgeError: colour('--vscode-charts-red', '#e51400'),
    label: colour('--vscode-descriptionForeground', '#888888'),
    background: colour('--vscode-editor-background', '#1f1f1f'),
    font: value('--vscode-font-family', 'sans-serif'),
  };
}

/** Calls back after VS Code changed the theme, which it says by the class of `body`. */
export function onThemeChange(listener: () => void): void {
  new MutationObserver(listener).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
}
