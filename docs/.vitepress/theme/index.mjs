// VitePress' own theme, without its web font, and with the view of attention.
import Theme from 'vitepress/theme-without-fonts'

import AttentionView from './AttentionView.vue'
import './style.css'

export default {
  extends: Theme,
  enhanceApp: ({ app }) => app.component('AttentionView', AttentionView),
}
