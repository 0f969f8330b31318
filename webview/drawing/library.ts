// SPDX-License-Identifier: GPL-2.0-only
/** Cytoscape, which is a file of its own beside the page's script: the page says that it is ready before it is there. */
import type cytoscape from 'cytoscape';

type Library = typeof cytoscape;

let loaded: Library | null = null;

/** To be waited for before anything is drawn. */
export async function loadLibrary(): Promise<void> {
  loaded = (await import('cytoscape')).default;
}

export function library(): Library {
  if (loaded === null) throw new Error('Cytoscape is asked for before it was loaded');
  return loaded;
}
