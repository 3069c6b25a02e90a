"""The comparison of attentions: the same training, the same hard texts, one table. No model or training code.

`texts`    longer than any that was learned from, and the same word again and again
`trial`    what one voice makes of them, and what it costs
`report`   the table and the figure of several
"""
