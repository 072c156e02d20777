"""What may not leave, one small rule at a time.

In: a published result. Out: whether a rule objects. No rule ever repeats what it saw.
"""
