# Writes a page and the files that it names into a C++ source, so that the program carries them:
#   cmake -DPAGE=attention.html -DNAME=kAttentionPage -DOUTPUT=attention_page_text.cpp -P embed.cmake
# <link rel="stylesheet" href="F"> becomes <style>, and <script src="F"></script> a script with the
# content of F. F may be a module, which the book imports: here the scripts of a page share one scope, so
# its "import" lines and its "export" words are left out. The text stands in raw string literals, in which nothing needs an escape.
cmake_minimum_required(VERSION 3.22)
cmake_path(GET PAGE PARENT_PATH folder)
file(READ "${PAGE}" page)

# inline(REGEX-OF-A-TAG OPEN CLOSE): replaces each such tag by OPEN, the file it names, and CLOSE.
function(inline regex open close)
  string(REGEX MATCHALL "${regex}" tags "${page}")
  foreach(tag IN LISTS tags)
    string(REGEX REPLACE "${regex}" "\\1" file "${tag}")
    file(READ "${folder}/${file}" content)
    string(REGEX REPLACE "\nimport [^\n]*" "" content "${content}")
    string(REPLACE "\nexport " "\n" content "${content}")
    string(FIND "${content}" "${close}" early_end)
    if(NOT early_end EQUAL -1)
      message(FATAL_ERROR "${file} holds ${close}, which would end it inside the page")
    endif()
    string(REPLACE "${tag}" "${open}\n${content}${close}" page "${page}")
  endforeach()
  set(page "${page}" PARENT_SCOPE)
endfunction()
inline([[<link rel="stylesheet" href="([a-z_]+\.css)">]] "<style>" "</style>")
inline([[<script src="([a-z_]+\.js)"></script>]] "<script>\n\"use strict\";" "</script>")

set(delimiter "page")
string(FIND "${page}" ")${delimiter}\"" early_end)
if(NOT early_end EQUAL -1)
  message(FATAL_ERROR "${PAGE} holds )${delimiter}\", which would end the literal")
endif()
file(WRITE "${OUTPUT}" "#include \"models/bert/view/pages.hpp\"

namespace gradus::bert {
const std::string_view ${NAME} = R\"${delimiter}(${page})${delimiter}\";
}  // namespace gradus::bert
")
