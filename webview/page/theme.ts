// SPDX-License-Identifier: GPL-2.0-only
/** Colours that a canvas needs as values: resolved from the theme's variables once a theme change. */

export interface Palette {
  readonly edge: string;
  readonly edgeDead: string;
  readonly edgeError: string;
  /** What stands out among edges. */
  readonly strong: string;
  readonly label: string;
  readonly background: string;
  readonly font: string;
}

function value(name: string, fallback: string): string {
  const v = getComputedStyle(document.body).getPropertyValue(name).trim();
  return v === '' ? fallback : v;
}

/** A theme colour as `rgb(r, g, b)`, as it looks on the editor's background: Cytoscape knows no transparency in colours. */
function colour(name: string, fallback: string): string {
  const pixel = document.createElement('canvas');
  pixel.width = 1;
  pixel.height = 1;
  const pen = pixel.getContext('2d', { willReadFrequently: true });
  if (pen === null) return fallback;
  for (const fill of [value('--vscode-editor-background', '#1f1f1f'), value(name, fallback)]) {
    pen.fillStyle = fill;
    pen.fillRect(0, 0, 1, 1);
  }
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return `rgb(${r}, ${g}, ${b})`;
}

export function palette(): Palette {
  return {
    edge: colour('--vscode-descriptionForeground', '#888888'),
    edgeDead: colour('--vscode-disabledForeground', '#666666'),
    strong: colour('--vscode-foreground', '#cccccc'),
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
