/**
 * Operators that give the numbers of their first input, each once, in another shape or order. What a reader may look
 * through besides depends on what it looks for: it adds its own to these.
 */
export const reshaping = ['Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze'] as const;
