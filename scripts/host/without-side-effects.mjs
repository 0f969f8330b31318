// SPDX-License-Identifier: GPL-2.0-only
// Packages of which a bundle has only what it uses, though they do not say that they may be taken apart.

/** Its formatter makes 1,200 strings of spaces when it is loaded; we only parse. */
const PACKAGES = /^jsonc-parser$/;
const INSIDE = /[\\/]node_modules[\\/]jsonc-parser[\\/]/;

/** What is only there to be looked at may be left out. */
export const withoutSideEffects = {
  name: 'without-side-effects',
  setup: (build) => {
    const seen = Symbol('seen');
    const resolve = async ({ path: name, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === seen || !(PACKAGES.test(name) || INSIDE.test(importer))) return null;
      const { path, errors } = await build.resolve(name, { importer, resolveDir, kind, pluginData: seen });
      return errors.length > 0 ? { errors } : { path, sideEffects: false };
    };
    build.onResolve({ filter: PACKAGES }, resolve);
    build.onResolve({ filter: /^\.\// }, resolve);
  },
};
