// The order of the book. The sidebar, the start page's list and the links to the next page follow it.
export const chapters = [
  { text: '1. Start here', link: '/start' },
  { text: '2. Tensors', link: '/tensors' },
  { text: '3. Reverse mode', link: '/reverse-mode' },
  { text: '4. One operation, whole', link: '/softmax' },
  { text: '5. Is a gradient right?', link: '/gradients' },
  { text: '6. Products', link: '/products' },
  { text: '7. SIMD softmax', link: '/simd-softmax' },
  { text: '8. Modules and AdamW', link: '/modules' },
  { text: '9. Self-attention', link: '/self-attention' },
  { text: '10. Many heads', link: '/multi-head' },
  { text: '11. Position, residuals, norm', link: '/layers' },
  { text: '12. BERT', link: '/bert' },
  { text: '13. WordPiece', link: '/wordpiece' },
  { text: '14. Training BERT-mini', link: '/training-bert-mini' },
  { text: '15. Looking inside', link: '/looking-inside' },
  { text: '16. Where the time goes', link: '/where-the-time-goes' },
  { text: '17. Questions readers ask', link: '/questions' },
]

export const tables = [
  { text: 'Operations and their gradients', link: '/operations' },
  { text: 'How the cost grows', link: '/cost-growth' },
]

export const guides = [{ text: 'Adding an op, a layer, a model', link: '/adding' }]
