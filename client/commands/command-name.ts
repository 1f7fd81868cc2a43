/** How a reader of our output calls `holdfast`: from the repository's source, or from the installed package. */
export const commandName = __filename.endsWith('.ts') ? 'npm run -s holdfast --' : 'npx holdfast';
