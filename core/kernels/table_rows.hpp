// Rows of tables that an index chooses: what a lookup reads, and where its gradient goes. Indices must
// have been checked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/kernels/grain.hpp"
#include "core/kernels/parallel.hpp"

namespace gradus::kernels {

// One row of a table, [any, cols], for each index, [rows].
template <class T>
struct TableRows {
  T* table;
  const int64_t* index;
};

// y_i = Σ_t table_t[index_t[i]] for rows [begin, end), summed in the order of the tables
template <class T>
void sum_rows(std::span<const TableRows<const T>> from, T* y, int64_t begin, int64_t end,
              int64_t cols) {
  for (int64_t i = begin; i < end; ++i) {
    T* sum = y + i * cols;
    std::copy_n(from[0].table + from[0].index[i] * cols, cols, sum);
    for (const TableRows<const T>& rows : from.subspan(1)) {
      const T* row = rows.table + rows.index[i] * cols;
      for (int64_t j = 0; j < cols; ++j) sum[j] += row[j];
    }
  }
}

// y_i = table[index[i]]
template <class T>
void select_rows(TableRows<const T> from, T* y, int64_t rows, int64_t cols) {
  parallel_for(rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::copy_n(from.table + from.index[i] * cols, cols, y + i * cols);
    }
  });
}

// table_t[index_t[i]] += x_i for all i and t. Threads share the columns, so that each sum keeps the
// order of the rows.
template <class T>
void add_rows(const T* x, std::span<const TableRows<T>> to, int64_t rows, int64_t cols) {
  constexpr int64_t kColumns = 64;  // a share
  parallel_for(cols, kColumns, [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < rows; ++i) {
      for (const TableRows<T>& sums : to) {
        T* sum = sums.table + sums.index[i] * cols;
        for (int64_t j = begin; j < end; ++j) sum[j] += x[i * cols + j];
      }
    }
  });
}

}  // namespace gradus::kernels
