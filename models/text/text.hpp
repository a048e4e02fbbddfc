// From a text file to the batches that BERT trains on, in reading order:
//   characters -> words -> pieces -> sentences and documents -> examples -> masked batches
#pragma once

#include "models/text/corpus.hpp"              // documents, and the held-out part
#include "models/text/file.hpp"                // reading text files
#include "models/text/masking.hpp"             // masked language modelling
#include "models/text/mlm_batches.hpp"         // both, as batches
#include "models/text/neighbour_baseline.hpp"  // what a model must beat
#include "models/text/segment_plan.hpp"        // next-sentence prediction
#include "models/text/sentences.hpp"           // sentences of running text
#include "models/text/token_corpus.hpp"        // the same as ids
#include "models/text/tokenizer_config.hpp"    // the directory of a tokenizer
#include "models/text/unicode.hpp"             // cleaning; words with their place in the original
#include "models/text/vocabulary.hpp"          // vocab.txt
#include "models/text/wordpiece.hpp"           // encoding and decoding
#include "models/text/wordpiece_trainer.hpp"   // making a vocabulary
