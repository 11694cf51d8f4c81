"""Stories: which items of one watchlist tell of one event.

`traits` makes an item comparable, once; `compare` puts two of them side by side; `similar` decides, with reasons;
`gather` finds the story that an item joins. Pure but for `meaning`, which reads its encoder's weights when first asked.
"""
