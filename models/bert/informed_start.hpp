// A start that knows a little about language: that neighbours matter. The weights stay those of an
// ordinary BERT, only their first values are not all noise. From pure noise, a small BERT on a small
// text spends most of its time finding out where its neighbours are; see docs/training-bert-mini.md
// for what each part is worth.
#pragma once

#include "models/bert/bert.hpp"

namespace gradus::bert {

// Draws the weights of a fresh model from default_generator():
//  - positions carry sinusoids of a geometric series of frequencies (Vaswani et al. 2017, section
//    3.5) in the last head_dim coordinates, which word embeddings mostly leave to them;
//  - heads of the first two layers start by looking 1 or 2 tokens to the left or right;
//  - what a sublayer adds to the residual stream starts small, so that words are not drowned;
//  - the MLM head starts near the identity, and [MASK] starts near zero: it says nothing itself;
//  - both heads start with small logits, so that the first loss is about ln V + ln 2.
void informed_start(BertForPreTraining& model, int64_t mask_token);

}  // namespace gradus::bert
