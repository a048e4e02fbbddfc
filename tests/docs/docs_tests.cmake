# The book: its examples run, its pages agree with the source.

# The examples of the docs: right, and with the mistake that they show.
add_executable(own_operation ${PROJECT_SOURCE_DIR}/docs/examples/own_operation.cpp)
target_link_libraries(own_operation PRIVATE gradus::core gradus_options)
add_test(NAME "example: own operation" COMMAND own_operation)
add_test(NAME "example: own operation, mistaken" COMMAND own_operation --mistake)
add_test(NAME "example: own operation, mistake named" COMMAND own_operation --mistake)
set_tests_properties("example: own operation, mistaken" PROPERTIES WILL_FAIL TRUE)
set_tests_properties("example: own operation, mistake named" PROPERTIES PASS_REGULAR_EXPRESSION
                     "d output.[0-9]+. / d input 0.[0-9]+.: analytic .*, numeric ")

# The programs of the chapters: each checks the answers of its exercises, and that the numbers which the
# pages quote (docs/figures/NAME.json) are those that it computes.
add_library(book_numbers STATIC ${PROJECT_SOURCE_DIR}/docs/examples/numbers.cpp)
target_include_directories(book_numbers PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(book_numbers PUBLIC fmt::fmt PRIVATE nlohmann_json::nlohmann_json gradus_options)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/examples/*.cpp)
list(FILTER sources EXCLUDE REGEX "/(numbers|own_operation)\\.cpp$")
foreach(source ${sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(example_${name} ${source})
  target_link_libraries(example_${name} PRIVATE gradus::models book_numbers gradus_options)
  add_test(NAME "example: ${name}"
           COMMAND example_${name} ${PROJECT_SOURCE_DIR}/docs/figures/${name}.json)
  set_tests_properties("example: ${name}" PROPERTIES TIMEOUT 120
                       WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endforeach()

# The book agrees with the source, and what checks that does see each fault.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME docs COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/docs/check.py)
add_test(NAME "docs: the checker"
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_test.py)

# The changes that docs/adding.md shows, made in a copy of the tree and linked with these.
find_package(benchmark REQUIRED)  # the program has it too
set(test_runner $<TARGET_FILE:${test_main}>)
if(NOT Catch2_VERSION VERSION_LESS 3)
  list(APPEND test_runner $<TARGET_FILE:Catch2::Catch2>)
endif()
set(libraries $<TARGET_FILE:gradus_models> $<TARGET_FILE:gradus_nn> ${test_runner}
    $<TARGET_FILE:gradus_core> $<TARGET_FILE:fmt::fmt> $<TARGET_FILE:benchmark::benchmark>
    ${highway_LINK_LIBRARIES} ${utf8proc_LINK_LIBRARIES} ${ZLIB_LIBRARIES} -ldl -pthread)
list(JOIN libraries "\n" libraries)
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/adding_libraries.txt CONTENT "${libraries}")
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/adding_program.txt
     CONTENT "$<JOIN:$<TARGET_OBJECTS:gradus>,\n>")
add_test(NAME "docs: adding" COMMAND ${Python3_EXECUTABLE}
         ${CMAKE_CURRENT_LIST_DIR}/adding_test.py ${PROJECT_BINARY_DIR})
set_tests_properties("docs: adding" PROPERTIES COST 60 TIMEOUT 600)  # the costly ones begin first
