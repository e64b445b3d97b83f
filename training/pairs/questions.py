"""Questions made comparable: normalised, and as sets of content words."""

from hone.log.interactions import key_of as key_of
from retriever.ranking.words import content_words

words_of = content_words
