import packageJson from '../package.json' with { type: 'json' };

/** The version of Quant Gate. */
export const version: string = packageJson.version;
